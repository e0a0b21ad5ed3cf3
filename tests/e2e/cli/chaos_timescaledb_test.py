"""The same between dbops and TimescaleDB, with rows of a hypertable."""
import harness
from chaos_test import Chaos, PlainPostgres
from harness import World


def timescaledb():
    return harness.server("DBOPS_TEST_TIMESCALEDB")


class Timescale(PlainPostgres):
    server = staticmethod(timescaledb)
    made = "create table {table} (n int not null); select create_hypertable('{table}', 'n', chunk_time_interval => 10)"


class TimescaleChaos(Chaos, World):
    engine_type = Timescale


del Chaos

if __name__ == "__main__":
    harness.main()
