"""
A world that was not made by the judged: names as printed, and what is in their way.

`playlist` reads what was played from mixes, `shares` says how often what is met,
`companions` invents the recordings beside those that were played, `hostile` in each
provider's folder writes them down as that provider does, `world` puts all together and
keeps, for every id, which recording it truly is.
"""
