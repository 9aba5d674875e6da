#!/bin/sh
# Prints Redis' users, one for each role, as lines of its configuration: which keys each may
# touch, by which commands (docs/security.md). A role without a password gets no user: its
# containers then use the default user.
set -eu

value_of() { # VARIABLE: its value, or what the file holds that VARIABLE_FILE names
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    [ -n "$value" ] || [ -z "$file" ] || value=$(cat "$file")
    printf %s "$value"
}

role() { # ROLE RULES
    eval "name=\${$1_REDIS_USER:-}"
    password=$(value_of "$1_REDIS_PASSWORD")
    if [ -n "$name" ] && [ -n "$password" ]; then
        echo "user $name reset on #$(printf %s "$password" | sha256sum | cut -c1-64) resetchannels -@all $2"
    else
        echo "enrichment: $1_REDIS_USER and $1_REDIS_PASSWORD are not set: that role may do" \
            "everything here. Add them: make env ADD=1" >&2
    fi
}

# all that is ours, nothing of the server's
role WORKER '~enrichment:* &enrichment:* +@connection +@read +@write +@pubsub +@scripting +@transaction -@dangerous +info +time'
# whose turn it is to ask a site; ids of tracks that are finished, to be read
role SCRAPER '~enrichment:v1:crawl:* %R~enrichment:v1:track:* +@connection -@dangerous +mget +hget +hset +hdel +pexpire +time +eval +evalsha +script|load'
# whether Redis answers; which one-time links of the console were used
role SERVICE '~enrichment:v1:console:* +@connection -@dangerous +set'
