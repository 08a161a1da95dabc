// Word count over the C API from Go: the same plan as examples/flip38_word_count.py.
//
//	go run . TEXT_FILE
//
// cgo finds the library by pkg-config ("rask"). Rows come back as texts.
package main

/*
#cgo pkg-config: rask
#include <stdlib.h>
#include <rask/rask.h>
*/
import "C"

import (
	"fmt"
	"os"
	"strings"
	"unsafe"
)

// must ends the program when a call failed.
func must(status C.rask_status, err *C.rask_error) {
	if status != C.RASK_OK {
		fmt.Fprintf(os.Stderr, "%s: %s\n", C.GoString(C.rask_status_class_name(status)),
			C.GoString(&err.message[0]))
		os.Exit(1)
	}
}

// wordsOf is t_env.from_elements([("word",), ...], ["word"]).
func wordsOf(env *C.rask_environment, text string) *C.rask_table {
	var err C.rask_error
	var words *C.rask_table
	kind, row := C.CString("STRING"), C.CString("ROW<word STRING>")
	defer C.free(unsafe.Pointer(kind))
	defer C.free(unsafe.Pointer(row))
	rows := make([]*C.rask_expression, 0)
	for _, word := range strings.Fields(text) {
		var cell *C.rask_expression
		bytes := C.CString(word)
		must(C.rask_expression_text(kind, bytes, C.int64_t(len(word)), &cell, &err), &err)
		C.free(unsafe.Pointer(bytes))
		rows = append(rows, cell)
	}
	var first **C.rask_expression
	if len(rows) > 0 {
		first = &rows[0]
	}
	must(C.rask_environment_from_values(env, first, C.int64_t(len(rows)), 1, row, &words, &err),
		&err)
	for _, cell := range rows {
		C.rask_expression_unref(cell)
	}
	return words
}

// parse reads 1.9's string expressions.
func parse(text string) (**C.rask_expression, C.int32_t) {
	var err C.rask_error
	var expressions **C.rask_expression
	var count C.int32_t
	chars := C.CString(text)
	defer C.free(unsafe.Pointer(chars))
	must(C.rask_expressions_parse(chars, &expressions, &count, &err), &err)
	return expressions, count
}

// countWords is words.group_by("word").select("word, count(1) as count").
func countWords(words *C.rask_table) *C.rask_table {
	var err C.rask_error
	var grouped *C.rask_grouped_table
	var counts *C.rask_table
	keys, keyCount := parse("word")
	columns, columnCount := parse("word, count(1) as count")
	must(C.rask_table_group_by(words, keys, keyCount, &grouped, &err), &err)
	must(C.rask_grouped_table_select(grouped, columns, columnCount, &counts, &err), &err)
	C.rask_expressions_unref(keys, keyCount)
	C.rask_expressions_unref(columns, columnCount)
	C.rask_grouped_table_unref(grouped)
	return counts
}

// printRows prints the rows of a running query.
func printRows(result *C.rask_result) {
	var err C.rask_error
	var kind C.int
	var cells **C.char
	var poll C.rask_poll
	width := int(C.rask_result_column_count(result))
	for {
		must(C.rask_result_text_next(result, -1, &kind, &cells, &poll, &err), &err)
		if poll == C.RASK_POLL_END {
			return
		}
		texts := make([]string, width)
		for i, cell := range unsafe.Slice(cells, width) {
			texts[i] = C.GoString(cell)
		}
		fmt.Println(strings.Join(texts, " "))
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: word_count TEXT_FILE")
		os.Exit(2)
	}
	text, problem := os.ReadFile(os.Args[1])
	if problem != nil {
		fmt.Fprintln(os.Stderr, problem)
		os.Exit(1)
	}
	var err C.rask_error
	var env *C.rask_environment
	var result *C.rask_result
	must(C.rask_environment_new(false, &env, &err), &err)
	words := wordsOf(env, string(text))
	counts := countWords(words)
	must(C.rask_table_execute(counts, &result, &err), &err)
	printRows(result)
	C.rask_result_unref(result)
	C.rask_table_unref(counts)
	C.rask_table_unref(words)
	C.rask_environment_unref(env)
}
