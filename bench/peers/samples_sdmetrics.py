"""What SDMetrics says of samples: REAL.csv SAMPLES.csv '["names of the columns of numbers", ..]'.

`trends` is the mean of its metrics over all pairs of columns. `report` is the figure of its quality report, which takes only
pairs that are related, and bins each table over its own range.
"""

import json
import sys
import warnings
from itertools import combinations

import numpy
import pandas
import sdmetrics
from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
from sdmetrics.single_column import KSComplement, TVComplement

warnings.filterwarnings("ignore")
from sdmetrics.reports.single_table import QualityReport  # noqa: E402 (it warns when it is imported)

real_file, samples_file, names = sys.argv[1:]
numerical = set(json.loads(names))


def read(file: str) -> pandas.DataFrame:
    columns = pandas.read_csv(file, nrows=0).columns
    types = {name: float if name in numerical else str for name in columns}
    return pandas.read_csv(file, dtype=types, keep_default_na=False, na_values=[""])


real, samples = read(real_file), read(samples_file)


def shape(name: str) -> float:
    metric = KSComplement if name in numerical else TVComplement
    return metric.compute(real[name], samples[name])


def trend(pair: list[str]) -> float:
    tables = [table[pair].copy() for table in (real, samples)]
    numbers = [name for name in pair if name in numerical]
    if len(numbers) == 2:
        if any((table.nunique() == 1).any() for table in tables):
            return numpy.nan
        return CorrelationSimilarity.compute(*tables)
    return ContingencySimilarity.compute(*tables, continuous_column_names=numbers)


kinds = {name: {"sdtype": "numerical" if name in numerical else "categorical"} for name in real.columns}
report = QualityReport()
report.generate(real, samples, {"columns": kinds}, verbose=False)
reported = report.get_properties().set_index("Property")["Score"]["Column Pair Trends"]
print(
    json.dumps(
        {
            "version": sdmetrics.__version__,
            "shapes": numpy.nanmean([shape(name) for name in real.columns]),
            "trends": numpy.nanmean([trend(list(pair)) for pair in combinations(real.columns, 2)]),
            # Where it takes no pair to be related, it has none.
            "report": None if numpy.isnan(reported) else reported,
        }
    )
)
