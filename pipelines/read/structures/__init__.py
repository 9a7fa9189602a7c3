"""The shipped structures, as TOML: CMS families, portals, outlets (read by pipelines.read.families)."""
