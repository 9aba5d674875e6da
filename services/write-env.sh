#!/bin/sh
# Writes .env with random passwords, and secrets/ with the same as files; never over
# existing ones. Needs nothing but a shell: a machine that runs Docker may lack Python.
#   usage: services/write-env.sh [FOLDER]
set -eu
umask 077
cd "${1:-.}"
[ ! -e .env ] || { echo ".env exists: it is left as it is" >&2; exit 1; }

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -p secrets
# Containers read these files as another user; the folder keeps others out.
secret() { # file variable
    [ -e "secrets/$1" ] || { random > "secrets/$1"; chmod 644 "secrets/$1"; }
    printf '%s=%s\n' "$2" "$(cat "secrets/$1")"
}

{
    echo "# Written by make env; .env.example lists every variable. Keep this file secret."
    secret postgres_password POSTGRES_PASSWORD
    secret enrichment_db_password ENRICHMENT_DB_PASSWORD
    secret redis_password REDIS_PASSWORD
    secret rabbitmq_pass RABBITMQ_PASS
    secret enrichment_api_token ENRICHMENT_API_TOKEN
    secret grafana_admin_password GRAFANA_ADMIN_PASSWORD
    # as below, for docker-compose.secrets.yml
    for key in spotify_client_id spotify_client_secret lastfm_api_key; do
        [ -e "secrets/$key" ] || { printf demo > "secrets/$key"; chmod 644 "secrets/$key"; }
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
MUSICBRAINZ_USER_AGENT=SongNodesDemo/1.0 ( demo@localhost )

#SPOTIFY_CLIENT_ID=
#SPOTIFY_CLIENT_SECRET=
#LASTFM_API_KEY=
#MUSICBRAINZ_USER_AGENT=YourApplication/1.0 ( you@example.org )
#SCRAPER_CONTACT=you@example.org
ENV
} > .env.new
mv .env.new .env
echo "wrote .env and secrets/"
