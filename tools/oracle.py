"""A real Flink in this process, asked through py4j.

Runs under the Python of the oracle's virtual environment.  One mini cluster serves every session,
so that a statement costs a fraction of a second; each session is a fresh table environment.
Cell texts come from Flink's own print converter.
"""

import py4j.java_gateway
import py4j.protocol
from py4j.protocol import Py4JJavaError
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import get_field_value

VERSION = "2.3.0"

_TABLE_PACKAGES = (
    "org.apache.flink.table.api.",
    "org.apache.flink.table.catalog.exceptions.",
    "org.apache.flink.sql.parser.",
)


class OracleError(Exception):
    """What Flink refused: the exception's simple class name and its decisive message."""

    def __init__(self, class_name, message, chain):
        super().__init__(f"{class_name}: {message}")
        self.class_name = class_name
        self.message = message
        self.chain = chain


def _cause_chain(throwable):
    chain = []
    while throwable is not None and len(chain) < 50:
        name = throwable.getClass().getName()
        message = throwable.getMessage() or ""
        if name.endswith(".SerializedThrowable"):
            name = throwable.getOriginalErrorClassName()
            message = message.removeprefix(name + ": ").removeprefix(name)
        chain.append((name, message))
        throwable = throwable.getCause()
    return chain


def _decisive(chain):
    """What a refused statement raises, and why: the class that a program catches, the words of
    the innermost cause.  Of a job that failed: the root cause, its class behind `job`."""
    names = [name.rpartition(".")[2].rpartition("$")[2] for name, _ in chain]
    if any(name == "JobExecutionException" for name in names):
        return "job " + names[-1], chain[-1][1]
    ours = [
        i
        for i, (name, _) in enumerate(chain)
        if name.startswith(_TABLE_PACKAGES) and not name.endswith(".ParseException")
    ]
    if not ours:
        return names[-1], chain[-1][1]
    return names[ours[0]], chain[ours[-1]][1]


def _translate(error):
    chain = _cause_chain(error.java_exception)
    return OracleError(*_decisive(chain), chain)


class Result:
    """A finished statement: columns (name, type), then rows (kind, cells)."""

    def __init__(self, columns, rows):
        self.columns = columns
        self.rows = rows


class Oracle:
    def __init__(self):
        self.jvm = get_gateway().jvm
        # PyFlink maps exceptions to its own classes and drops their causes: keep the raw ones.
        py4j.java_gateway.get_return_value = py4j.protocol.get_return_value
        runtime = self.jvm.org.apache.flink.runtime.minicluster
        conf = self.jvm.org.apache.flink.configuration.Configuration()
        conf.setString("rest.port", "0")
        conf.setString("rest.bind-port", "0")
        conf.setString("taskmanager.memory.managed.size", "256m")
        conf.setString("taskmanager.memory.network.min", "64m")
        conf.setString("taskmanager.memory.network.max", "64m")
        built = (
            runtime.MiniClusterConfiguration.Builder()
            .setConfiguration(conf)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(8)
            .build()
        )
        self._cluster = runtime.MiniCluster(built)
        self._cluster.start()
        self._rest = self._cluster.getRestAddress().get()

    def session(self, mode):
        return Session(self, mode)

    def close(self):
        self._cluster.close()


class Session:
    """One table environment in one mode."""

    def __init__(self, oracle, mode):
        self._jvm = oracle.jvm
        conf_class = self._jvm.org.apache.flink.configuration.Configuration
        conf = conf_class()
        conf.setString("execution.target", "remote")
        conf.setString("rest.address", oracle._rest.getHost())
        conf.setString("rest.port", str(oracle._rest.getPort()))
        conf.setString("execution.runtime-mode", mode)
        conf.setString("parallelism.default", "1")
        conf.setString("table.local-time-zone", "UTC")
        conf.setString("restart-strategy.type", "none")
        settings = self._jvm.org.apache.flink.table.api.EnvironmentSettings.newInstance()
        settings = settings.withConfiguration(conf).build()
        self._env = self._jvm.org.apache.flink.table.api.TableEnvironment.create(settings)

    def set(self, key, value):
        self._env.getConfig().set(key, value)

    def run(self, sql):
        """A statement whose rows do not matter; waits for its job."""
        try:
            result = self._env.executeSql(sql)
            if result.getJobClient().isPresent():
                getattr(result, "await")()
            rows = result.collect()
            rows.close()
        except Py4JJavaError as error:
            raise _translate(error) from None

    def query(self, sql):
        try:
            result = self._env.executeSql(sql)
            columns = [
                (c.getName(), c.getDataType().getLogicalType().asSummaryString())
                for c in result.getResolvedSchema().getColumns()
            ]
            provider = get_field_value(result, "resultProvider")
            converter = provider.getRowDataStringConverter()
            iterator = result.collectInternal()
            rows = []
            while iterator.hasNext():
                row = iterator.next()
                kind = row.getRowKind().shortString()
                rows.append((kind, list(converter.convert(row))))
            iterator.close()
            return Result(columns, rows)
        except Py4JJavaError as error:
            raise _translate(error) from None

    def printed(self, sql):
        """The text that TableResult.print() writes."""
        try:
            result = self._env.executeSql(sql)
            text = self._jvm.java.io.StringWriter()
            style = get_field_value(result, "printStyle")
            writer = self._jvm.java.io.PrintWriter(text)
            style.print(result.collectInternal(), writer)
            writer.flush()
            return text.toString()
        except Py4JJavaError as error:
            raise _translate(error) from None

    def standard_output(self, sql):
        """What a statement's job writes to standard output."""
        system = self._jvm.java.lang.System
        before = system.out
        buffer = self._jvm.java.io.ByteArrayOutputStream()
        system.setOut(self._jvm.java.io.PrintStream(buffer, True, "UTF-8"))
        try:
            self.run(sql)
        finally:
            system.setOut(before)
        return buffer.toString("UTF-8")

    def explain(self, sql, details):
        try:
            detail_class = self._jvm.org.apache.flink.table.api.ExplainDetail
            gateway = get_gateway()
            array = gateway.new_array(detail_class, len(details))
            for i, name in enumerate(details):
                array[i] = getattr(detail_class, name)
            text = self._jvm.org.apache.flink.table.api.ExplainFormat.TEXT
            return self._env.explainSql(sql, text, array)
        except Py4JJavaError as error:
            raise _translate(error) from None
