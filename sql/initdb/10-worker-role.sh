#!/bin/sh
# The role of workers and scrapers, made when the volume is first filled: it reads and
# writes rows and cannot change the schema. Safe to run again, as after a new password:
#   docker compose exec postgres /docker-entrypoint-initdb.d/10-worker-role.sh
set -eu
if [ -z "${ENRICHMENT_DB_PASSWORD:-}" ] && [ -n "${ENRICHMENT_DB_PASSWORD_FILE:-}" ]; then
    ENRICHMENT_DB_PASSWORD=$(cat "$ENRICHMENT_DB_PASSWORD_FILE")
fi
: "${ENRICHMENT_DB_PASSWORD:?is not set}"
export ENRICHMENT_DB_PASSWORD

# psql asks the environment for the password: no process list shows it.
psql -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `printf %s "$ENRICHMENT_DB_PASSWORD"`
SELECT 'CREATE ROLE musicdb_worker LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'musicdb_worker') \gexec
ALTER ROLE musicdb_worker PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO musicdb_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO musicdb_worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO musicdb_worker;
-- what migrations make later
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO musicdb_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO musicdb_worker;
SQL
