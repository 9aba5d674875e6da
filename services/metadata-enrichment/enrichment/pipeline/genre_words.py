"""Words of which names of genres are made; what people tag otherwise is no genre."""

_STYLES = """
    house techno trance psytrance dubstep garage jungle bass breakbeat breaks electro
    hardstyle hardcore gabber rave disco funk soul jazz blues rock pop metal punk folk
    country reggae dub dancehall ska rap hop rnb r&b grime trap drill footwork juke
    ambient downtempo chillout chillwave electronic electronica techstep neurofunk
    industrial ebm idm noise drone glitch wave synthwave vaporwave synthpop electropop
    electroclash indietronica shoegaze grunge emo screamo grindcore goa gospel swing
    bebop bop ragtime dixieland boogie rockabilly bluegrass americana zydeco cajun
    salsa bachata merengue cumbia reggaeton samba forro mpb tango flamenco fado klezmer
    polka waltz opera operetta classical baroque minimalism orchestral choral chant
    soundtrack score musical musicals showtunes latin afrobeat afrobeats amapiano gqom
    kuduro kwaito kizomba zouk soca calypso highlife mbalax rai raï gnawa qawwali
    bhangra bollywood filmi enka kayokyoku jpop kpop schlager chanson variete rumba
    mambo bolero ranchera mariachi norteno corrido rocksteady ragga lounge exotica
    trip-hop turntablism crunk hyphy ghettotech italo eurodance eurobeat nightcore
    moombahton dembow tropical complextro brostep riddim halftime deathstep microhouse
    bleep balearic melodic acid schranz hardtechno hardgroove electroacoustic concrete
    microsound lowercase plunderphonics darkwave coldwave psychedelia psychedelic
    krautrock kraut prog progressive sludge doom thrash djent metalcore deathcore
    mathcore slowcore sadcore emocore crossover ska-punk oi psychobilly surf britpop
    madchester baggy jangle twee lo-fi lofi experimental avant-garde improvisation
    fusion spoken comedy celtic mento worldbeat ethnic tribal newage singer-songwriter
    acoustic indie alternative chiptune chiptunes 8bit bitpop demoscene nu-disco
    bassline speedcore terrorcore frenchcore freestyle vogue ballroom donk hardbass
    bubblegum glam ballad dance
"""
# A name that ends with one of these names a style, whatever is before it.
STYLES = frozenset(_STYLES.split())
# Whole names whose last word may be anything else.
GENRES = frozenset(
    {
        *("new age", "rock and roll", "jersey club", "baltimore club", "uk funky"),
        *("nueva cancion", "world", "neue deutsche harte", "neue deutsche welle"),
        *("drum and bass", "liquid drum and bass", "a cappella"),
        *("chanson francaise", "bossa nova", "big beat", "uk garage", "big band"),
        *("deep tech", "minimal tech", "melodic", "wonky", "new beat", "hi nrg"),
        *("trip hop", "dark ambient", "hip house", "spoken word"),
        *("hard dance", "electronic dance", "easy listening", "musique concrete"),
        *("sertanejo", "pagode", "psybient", "minimal", "nu jazz", "acid jazz"),
    }
)
# One word that ends with one of these: "synthpop", "breakcore", "afrobeat".
ENDINGS = (
    *("core", "step", "wave", "tronica", "pop", "house", "techno", "trance", "rock"),
    *("metal", "punk", "hop", "funk", "jazz", "folk", "gaze", "grass", "billy"),
)
# A name with one of these is a remark, whatever it ends with.
_PERSONAL = """
    my i me you your we our favorite favorites favourite favourites fav favs best good
    great awesome amazing beautiful cool nice perfect sexy love loved loves like liked
    fuck shit bad worst top hits hit song songs track tracks album albums artist artists
    seen live own owned buy check listen listening playlist radio spotify lastfm
    youtube beatport soundcloud bandcamp vocalist vocalists singer singers guy girl
    to with from about ever never not only all some stuff mix remix remixes cover
    covers karaoke vinyl
"""
PERSONAL = frozenset(_PERSONAL.split())
