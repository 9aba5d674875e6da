#!/bin/sh
# Writes .env with random passwords, and secrets/ with the same as files; never over
# existing ones. Needs nothing but a shell: a machine that runs Docker may lack Python.
#   usage: services/write-env.sh [--add] [FOLDER]
# --add appends what an older .env lacks of users and passwords, and changes no line.
set -eu
umask 077
add=
[ "${1:-}" != --add ] || { add=yes; shift; }
cd "${1:-.}"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# The last line of a variable is what Compose takes, without quotation marks around it.
value_of() { # variable
    [ ! -e .env ] || sed -n "s/^$1=//p" .env | tail -n 1 | sed "s/^\([\"']\)\(.*\)\1\$/\2/"
}

# A line without a value, as .env.example has them, counts as none.
lacks() { [ -z "$(value_of "$1")" ]; }

line() { # variable value
    ! lacks "$1" || printf '%s=%s\n' "$1" "$2"
}

# Containers read these files as another user; the folder keeps others out.
keep() { # file value
    [ -e "secrets/$1" ] || { printf %s "$2" > "secrets/$1"; chmod 644 "secrets/$1"; }
}

secret() { # file variable
    known=$(value_of "$2")
    keep "$1" "${known:-$(random)}"
    line "$2" "$(cat "secrets/$1")"
}

passwords() {
    secret postgres_password POSTGRES_PASSWORD
    secret enrichment_db_password ENRICHMENT_DB_PASSWORD
    secret redis_password REDIS_PASSWORD
    secret rabbitmq_pass RABBITMQ_PASS
    secret enrichment_api_token ENRICHMENT_API_TOKEN
    secret grafana_admin_password GRAFANA_ADMIN_PASSWORD
    # a user for each role at each server: docs/security.md
    for role in scraper service; do
        ROLE=$(echo "$role" | tr a-z A-Z)
        line "${ROLE}_DB_USER" "musicdb_$role"
        secret "${role}_db_password" "${ROLE}_DB_PASSWORD"
    done
    secret analyst_db_password ANALYST_DB_PASSWORD
    for role in worker scraper service; do
        ROLE=$(echo "$role" | tr a-z A-Z)
        line "${ROLE}_REDIS_USER" "musicdb_$role"
        secret "${role}_redis_password" "${ROLE}_REDIS_PASSWORD"
    done
    for role in queue_init worker scraper service; do
        ROLE=$(echo "$role" | tr a-z A-Z)
        line "${ROLE}_RABBITMQ_USER" "musicdb_$role"
        secret "${role}_rabbitmq_pass" "${ROLE}_RABBITMQ_PASS"
    done
}

mkdir -p secrets
if [ -e .env ]; then
    [ -n "$add" ] || {
        echo ".env exists: it is left as it is; make env ADD=1 appends what it lacks" >&2
        exit 1
    }
    # those of the providers' keys may be in .env only, or nowhere
    for key in spotify_client_id spotify_client_secret lastfm_api_key; do
        keep "$key" "$(value_of "$(echo "$key" | tr a-z A-Z)")"
    done
    passwords > .env.new
    if [ -s .env.new ]; then
        { printf '\n# Added by make env ADD=1\n'; cat .env.new; } >> .env
        echo "appended to .env: $(sed 's/=.*//' .env.new | tr '\n' ' ')"
    else
        echo ".env lacks nothing"
    fi
    rm .env.new
    exit
fi

{
    echo "# Written by make env; .env.example lists every variable. Keep this file secret."
    passwords
    # as below, for docker-compose.secrets.yml
    for key in spotify_client_id spotify_client_secret lastfm_api_key; do
        keep "$key" demo
    done
    cat <<'ENV'

ENRICHMENT_WORKERS=3
ENRICHMENT_BACKLOG_WORKERS=1

# Until you have keys of your own: the invented providers of `--profile demo`, four times
# as fast as the real ones. For the real ones delete this block and give the keys below.
SPOTIFY_BASE_URL=http://provider-simulator:8100/spotify/v1
SPOTIFY_TOKEN_URL=http://provider-simulator:8100/spotify/api/token
MUSICBRAINZ_BASE_URL=http://provider-simulator:8100/musicbrainz/ws/2
LASTFM_BASE_URL=http://provider-simulator:8100/lastfm/2.0/
ENRICHMENT_TIME_SCALE=4
SPOTIFY_CLIENT_ID=demo
SPOTIFY_CLIENT_SECRET=demo
LASTFM_API_KEY=demo
MUSICBRAINZ_USER_AGENT="SongNodesDemo/1.0 ( demo@localhost )"

#SPOTIFY_CLIENT_ID=
#SPOTIFY_CLIENT_SECRET=
#LASTFM_API_KEY=
#MUSICBRAINZ_USER_AGENT="YourApplication/1.0 ( you@example.org )"
#SCRAPER_CONTACT=you@example.org
ENV
} > .env.new
mv .env.new .env
echo "wrote .env and secrets/"
