#!/bin/sh
# Starts RabbitMQ with a user for each role, with the rights of docs/security.md. Users,
# passwords and rights are set again at every start, so that the variables are what counts.
# A role without a password gets no user: its containers then use the administrator's. A
# user that an earlier start has made stays: rabbitmqctl delete_user.
set -eu
DEFINITIONS=${DEFINITIONS:-/tmp/enrichment-definitions.json}
VHOST=${RABBITMQ_DEFAULT_VHOST:-/}

value_of() { # VARIABLE: its value, or what the file holds that VARIABLE_FILE names
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    [ -n "$value" ] || [ -z "$file" ] || value=$(cat "$file")
    printf %s "$value"
}

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

# What RabbitMQ keeps of a password: a salt of four bytes, and SHA-256 of salt and password.
hash_of() {
    salt=$(od -An -N2 -tx1 /dev/urandom | tr -d ' \n')
    {
        printf %s "$salt"
        for byte in $(printf %s "$salt$1" | sha256sum | cut -c1-64 | sed 's/../& /g'); do
            printf "\\$(printf %03o "0x$byte")"
        done
    } | base64 | tr -d '\n'
}

users='' permissions=''
user() { # NAME PASSWORD TAGS CONFIGURE WRITE READ
    users="$users${users:+,}{\"name\":$(quoted "$1"),\"password_hash\":\"$(hash_of "$2")\",
        \"hashing_algorithm\":\"rabbit_password_hashing_sha256\",\"tags\":[$3]}"
    permissions="$permissions${permissions:+,}{\"user\":$(quoted "$1"),
        \"vhost\":$(quoted "$VHOST"),\"configure\":$(quoted "$4"),
        \"write\":$(quoted "$5"),\"read\":$(quoted "$6")}"
}

role() { # ROLE CONFIGURE WRITE READ
    eval "name=\${$1_RABBITMQ_USER:-}"
    password=$(value_of "$1_RABBITMQ_PASS")
    if [ -n "$name" ] && [ -n "$password" ]; then
        user "$name" "$password" '' "$2" "$3" "$4"
    else
        echo "enrichment: $1_RABBITMQ_USER and $1_RABBITMQ_PASS are not set: that role is" \
            "the administrator here. Add them: make env ADD=1" >&2
    fi
}

# by itself: within an argument a file that cannot be read would be no fault
password=$(value_of RABBITMQ_PASS)
[ -n "$password" ] || { echo "enrichment: RABBITMQ_PASS is not set" >&2; exit 1; }
user "${RABBITMQ_USER:-musicdb}" "$password" '"administrator"' '.*' '.*' '.*'
role QUEUE_INIT '^metadata_' '^metadata_enrichment_(dlx|dlq)$' '^metadata_'
role WORKER '^$' '^(amq\.default|metadata_enrichment_dlx)$' \
    '^metadata_(re)?enrichment(_backlog)?_queue$'
role SCRAPER '^$' '^amq\.default$' '^$'
role SERVICE '^$' '^amq\.default$' '^metadata_enrichment_dlq$'

printf '{"users":[%s],"vhosts":[{"name":%s}],"permissions":[%s]}\n' \
    "$users" "$(quoted "$VHOST")" "$permissions" > "$DEFINITIONS"
# holds no password; the server reads it as another user
chmod 644 "$DEFINITIONS"

for role in '' QUEUE_INIT_ WORKER_ SCRAPER_ SERVICE_; do
    unset "${role}RABBITMQ_USER" "${role}RABBITMQ_PASS" "${role}RABBITMQ_PASS_FILE"
done
exec "$@"
