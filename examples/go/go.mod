module rask/examples/word_count

go 1.19
