"""The `presidio` contract: exactly the findings of presidio-analyzer, at stream speed.

What parity is against, so that it can be tested: an `AnalyzerEngine` of the installed version with
its default English recognisers and its default context enhancer, over `BlankNlp`: spaCy's own
English tokenizer, stop words and punctuation, no trained model, each token its own lemma
(`reference_engine` makes one). Against it there are no differences, neither of spans nor of scores.

Against an engine with a trained spaCy model, these classes of difference are left:

- `ner`: PERSON, LOCATION, NRP and the model's DATE_TIME spans are the model's; here there are none.
- `lemma`: a context word counts where it stands in the text. A model compares lemmas: "saving"
  counts for `save` there and not here, "testing" for `tin` here and not there. Scores only.
- `suffix-list`: the public suffix list is the one that tldextract brings, never a fetched one.
- `bounded`: texts longer than LONGEST are cut at white space into parts, each analysed on its own,
  and a run of more than LONGEST_RUN characters without white space is tokenized in pieces.
  libphonenumber's matcher gets 3,000 tries in a text of up to 4,096 characters (a hundred national
  numbers at the least), in a longer one 800 and one more for each 24 characters: some forty
  national numbers at the least, hundreds with a plus. Of a text denser in figures, the phones
  past that are not found.

Of each leaf the text is analysed, with its key as context: what Presidio's `analyze_dict` does.
"""

from detectors.scan.contract.reference import BlankNlp, default_recognisers, reference_engine
from detectors.scan.contract.scanner import LONGEST, PresidioScanner
from detectors.scan.contract.words import LONGEST_RUN

__all__ = [
    "LONGEST",
    "LONGEST_RUN",
    "BlankNlp",
    "PresidioScanner",
    "default_recognisers",
    "reference_engine",
]
