#!/bin/sh
# The Compose files as a Swarm takes them:
#   services/stack-config.sh | docker stack deploy -c - songnodes
# Compose merges; two of its notations are not Swarm's: the project's name, and cpus as a
# number. ENV_FILE names another file than .env.
set -eu
docker compose --env-file "${ENV_FILE:-.env}" -f docker-compose.yml \
    -f docker-compose.enrichment-workers.yml -f docker-compose.swarm.yml config 2>/dev/null |
    sed -e '/^name:/d' -e 's/^\( *cpus:\) \([0-9.]*\)$/\1 "\2"/'
