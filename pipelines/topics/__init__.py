"""Topic files → matches: rules that an analyst can read, and the sentence that proves each match.

Pure: no clock, no network, no database; reading topic files is the only thing done outside memory.
"""

from pipelines.topics.compile import Topic, Topics, compile_topics, load_topics, path_of, shipped
from pipelines.topics.matching import match_article

__all__ = ["Topic", "Topics", "compile_topics", "load_topics", "match_article", "path_of", "shipped"]
