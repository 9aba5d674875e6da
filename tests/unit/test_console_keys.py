"""Keys: each that the help tells is on the pages or in their script, and no other."""

import re

from enrichment.web.console.frame.assets import ASSETS
from enrichment.web.console.help import KEYS
from tests.unit.test_console_pages import Tags, case, inbox, question, shown

SCRIPT = ASSETS["console.js"].content.decode()


def keys_of(text):
    return {tag["data-key"] for _, tag in Tags(text).found if "data-key" in tag}


def test_the_help_tells_each_key_and_no_other():
    in_script = re.search(r"const ACTS = \{(.*?)\};", SCRIPT, re.DOTALL)[1]
    acts = set(re.findall(r'^\s*"?([^\s":]+)"?:', in_script, re.MULTILINE))
    done = "00000000-0000-0000-0000-000000000005"
    on_pages = keys_of(shown(case(), done=done)) | keys_of(inbox([question()]))
    told = {key for keys, _ in KEYS for key in keys.split(", ")} - {"Enter", "1 to 9"}

    assert acts | on_pages - set("123456789") == told


def test_a_candidate_is_taken_by_its_number():
    numbers = {
        tag["data-key"]: tag["name"]
        for name, tag in Tags(shown(case())).found
        if name == "button" and "data-key" in tag
    }
    assert numbers == {"1": "take", "n": "none"}


def test_the_script_makes_no_page_of_a_text():
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "Function("):
        assert word not in SCRIPT
