"""The spiders: who asks for what. They yield Page items only; every other end of a request is settled as an outcome."""
