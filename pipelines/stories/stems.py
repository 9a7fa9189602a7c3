"""Words without their particles and verb endings, by rule: the same way in every article, so that equal words stay equal.

No morphological analyser: measured ones split new names (facts: dependencies §3), and cost 100 to 500 MB.
Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

PARTICLES = (
    "으로부터|에게서는|에서부터|이라면서|이라면|라면서|이라며|이라고|이라는|이라던|에서는|에서도|에게는|에게도|"
    "으로는|으로도|으로의|로부터|에서의|까지는|까지도|부터는|만으로|에서|에게|에는|에도|에만|에의|으로|로는|로도|"
    "로의|까지|부터|보다|처럼|마다|조차|마저|이란|라고|라며|라는|란|과의|와의|과는|와는|께서|한테|하고|밖에|대로|"
    "만큼|은|는|이|가|을|를|의|에|로|와|과|도|만|측|들|씨|님"
)
ENDINGS = (
    "하겠다고|하겠다며|하겠다|했다고|했다며|했다는|했다가|했다|했지만|했으며|했으나|했던|했고|했을|한다고|한다며|"
    "한다는|한다|하자고|하자|하라고|하라|하려는|하려고|하려|하는|하던|하며|하면서|하면|하고|하기로|하기|하게|하지|"
    "하도록|하여|해서|해야|해온|할지|할까|함께|합니다|했습니다|됐다고|됐다는|됐다|됐지만|됐던|됐고|된다고|된다는|"
    "된다|되는|되던|되며|되면서|되면|되고|되기|되지|되도록|되어|될지|돼야|됩니다|됐습니다|시켰다|시킨|시킬|시켜|"
    "시키는|이었다|였다고|였다|이다|입니다|인데|적인|적으로|했|한|할|해|함|될|된|됨|돼|됐"
)
SUFFIX = re.compile(rf"(?:{PARTICLES}|{ENDINGS})$")
BARE_SUFFIX = re.compile(rf"(?:{PARTICLES}|{ENDINGS})+$")  # what is left of "3만원에서" after its number
LEAST = 2  # syllables of a word that is worth comparing


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without the particles and endings it carries; never shorter than two syllables."""
    while (found := SUFFIX.search(word, LEAST)) and found.start() >= LEAST:
        word = word[: found.start()]
    return word
