"""What the benchmark of budgets writes down is what its cases measured."""

import json
from collections import Counter

from benchmarks.budget_cases.renewals import Renewals
from benchmarks.budget_use import Claim, plain


def test_counted_calls_stand_in_the_report_by_their_name():
    figures = Renewals(3, Counter(track=2, tracks=1), Counter(), 0, 3)
    claim = Claim("calls", "3", holds=True, figures=[figures])

    written = json.loads(json.dumps(plain(claim), default=plain))

    assert written["figures"][0]["calls"] == {"track": 2, "tracks": 1}
