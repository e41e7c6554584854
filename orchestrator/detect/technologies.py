"""Well-known technologies: how people name them, and the packages and images that bring them.

Curated by hand: what a group of companies would want to hear of when one of them adopts or drops
it (databases, brokers, frameworks, observability, identity, cloud, machine learning). Left out on
purpose: linters, test runners, types, polyfills, small libraries.

One line a technology: name | category | names in prose | packages, modules, images.
- A name in prose is matched as a whole word, case and accents folded; `-` when the word is
  too common to be read as the technology ("go", "express", "spring").
- A package ending in `/` or `:` stands for everything under it (`github.com/redis/`, `org.hibernate:`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from orchestrator.detect.prose import fold

_TABLE = """
Redis|cache|redis|redis ioredis aioredis hiredis predis jedis lettuce-core go-redis stackexchange.redis django-redis redix rueidis phpredis spring-boot-starter-data-redis redis-stack redis-stack-server github.com/redis/ github.com/go-redis/ github.com/gomodule/redigo
Valkey|cache|valkey|valkey valkey-glide iovalkey valkey-bundle github.com/valkey-io/
Memcached|cache|memcached|memcached pymemcache memjs dalli pylibmc spymemcached github.com/bradfitz/gomemcache
Varnish|cache|varnish|varnish
PostgreSQL|database|postgresql postgres|postgres postgresql postgis psycopg psycopg2 psycopg2-binary psycopg-binary asyncpg pg pg-promise postgrex npgsql tokio-postgres npgsql.entityframeworkcore.postgresql org.postgresql: github.com/lib/pq github.com/jackc/pgx
MySQL|database|mysql|mysql mysql2 mysqlclient pymysql aiomysql mysql-connector-python mysql-connector-java mysql-connector-j mysqlconnector mysql.data github.com/go-sql-driver/mysql
MariaDB|database|mariadb|mariadb mariadb-java-client
SQLite|database|sqlite|sqlite3 better-sqlite3 aiosqlite rusqlite sqflite github.com/mattn/go-sqlite3 modernc.org/sqlite
SQL Server|database|mssql sqlserver|mssql mssql/server pyodbc pymssql tedious microsoft.data.sqlclient github.com/microsoft/go-mssqldb
Oracle Database|database|-|cx-oracle oracledb ojdbc8 ojdbc11 oracle-xe
MongoDB|database|mongodb mongo|mongo mongodb mongoose pymongo motor mongoid beanie mongodb.driver mongodb-driver-sync spring-boot-starter-data-mongodb go.mongodb.org/mongo-driver
Cassandra|database|cassandra scylladb|cassandra cassandra-driver scylla github.com/gocql/gocql
CockroachDB|database|cockroachdb|cockroach cockroachdb/cockroach
DynamoDB|database|dynamodb|@aws-sdk/client-dynamodb @aws-sdk/lib-dynamodb pynamodb dynamoose dynamodb-local
Cloud Spanner|database|-|cloud.google.com/go/spanner google.cloud.spanner.data google-cloud-spanner
AlloyDB|database|alloydb|cloud.google.com/go/alloydbconn google-cloud-alloydb-connector
Firebase|database|firebase firestore|firebase firebase-admin google-cloud-firestore firebase_core cloud_firestore
Supabase|database|supabase|supabase @supabase/supabase-js supabase-js supabase_flutter
Neo4j|database|neo4j|neo4j neo4j-driver py2neo
DuckDB|analytics|duckdb|duckdb @duckdb/node-api duckdb-async duckdb_jdbc github.com/marcboeker/go-duckdb
ClickHouse|analytics|clickhouse|clickhouse clickhouse-server clickhouse-driver clickhouse-connect @clickhouse/client github.com/clickhouse/
BigQuery|analytics|bigquery|google-cloud-bigquery @google-cloud/bigquery cloud.google.com/go/bigquery
Snowflake|analytics|-|snowflake-connector-python snowflake-sdk snowflake-jdbc
dbt|analytics|-|dbt-core dbt-postgres dbt-bigquery dbt-snowflake
Apache Spark|analytics|pyspark|pyspark spark-core_2.12 spark-sql_2.12 spark-sql_2.13
Apache Airflow|analytics|airflow|apache-airflow airflow apache/airflow
Polars|analytics|-|polars nodejs-polars
pandas|analytics|pandas|pandas
Elasticsearch|search|elasticsearch|elasticsearch elasticsearch-dsl @elastic/elasticsearch elasticsearch-rest-high-level-client elastic.clients.elasticsearch github.com/elastic/go-elasticsearch
OpenSearch|search|opensearch|opensearch opensearch-py @opensearch-project/opensearch opensearchproject/opensearch
Apache Solr|search|solr|solr pysolr
Meilisearch|search|meilisearch|meilisearch getmeili/meilisearch
Typesense|search|typesense|typesense
Haystack (Django)|search|-|django-haystack
pgvector|vectors|pgvector|pgvector pgvector/pgvector github.com/pgvector/pgvector-go
Qdrant|vectors|qdrant|qdrant qdrant-client @qdrant/js-client-rest
Milvus|vectors|milvus|milvus pymilvus
Chroma|vectors|chromadb|chromadb
FAISS|vectors|faiss|faiss-cpu faiss-gpu
Apache Kafka|messaging|kafka|kafka kafkajs cp-kafka confluent-kafka kafka-python aiokafka spring-kafka rdkafka kafka-clients confluent.kafka github.com/segmentio/kafka-go github.com/ibm/sarama github.com/shopify/sarama github.com/twmb/franz-go
RabbitMQ|messaging|rabbitmq|rabbitmq amqplib pika aio-pika bunny rabbitmq.client php-amqplib github.com/rabbitmq/ github.com/streadway/amqp spring-boot-starter-amqp
NATS|messaging|-|nats nats-py nats.js github.com/nats-io/nats.go
Apache Pulsar|messaging|-|pulsar-client apachepulsar/pulsar
MQTT|messaging|mqtt|mqtt paho-mqtt eclipse-mosquitto
Celery|messaging|celery|celery django-celery-beat
Sidekiq|messaging|sidekiq|sidekiq
BullMQ|messaging|bullmq|bullmq bull
Laravel Horizon|messaging|-|laravel/horizon
Temporal|workflow|-|temporalio @temporalio/client go.temporal.io/sdk temporalio/auto-setup
n8n|workflow|n8n|n8n n8nio/n8n
FastAPI|web framework|fastapi|fastapi
Flask|web framework|-|flask
Django|web framework|django|django
Django REST Framework|web framework|djangorestframework|djangorestframework
Litestar|web framework|litestar|litestar
Express|web framework|-|express
Fastify|web framework|fastify|fastify
NestJS|web framework|nestjs|@nestjs/core @nestjs/common
Hono|web framework|-|hono
Next.js|web framework|next.js nextjs|next
Nuxt|web framework|nuxt|nuxt nuxt3
Remix|web framework|-|@remix-run/react @remix-run/node
Astro|web framework|-|astro
SvelteKit|web framework|sveltekit|@sveltejs/kit
Spring Boot|web framework|spring-boot|org.springframework.boot: spring-boot-starter spring-boot-starter-web spring-boot-starter-webflux
Quarkus|web framework|quarkus|io.quarkus: quarkus-resteasy quarkus-rest
Micronaut|web framework|micronaut|io.micronaut:
Ktor|web framework|ktor|ktor-server-core
ASP.NET Core|web framework|asp.net|microsoft.aspnetcore.app microsoft.aspnetcore.openapi
Laravel|web framework|laravel|laravel/framework laravel/lumen-framework
Symfony|web framework|symfony|symfony/framework-bundle
Ruby on Rails|web framework|rails|rails
Sinatra|web framework|-|sinatra
Phoenix|web framework|-|phoenix phoenix_live_view
Gin|web framework|-|github.com/gin-gonic/gin
Echo|web framework|-|github.com/labstack/echo
Fiber|web framework|-|github.com/gofiber/fiber
chi|web framework|-|github.com/go-chi/chi
Gorilla Mux|web framework|-|github.com/gorilla/mux
Actix Web|web framework|actix|actix-web
axum|web framework|axum|axum
React|user interface|reactjs|react react-dom
React Native|user interface|react-native|react-native
Vue|user interface|vue vuejs vue.js|vue
Angular|user interface|angular|@angular/core angularjs
Svelte|user interface|svelte|svelte
SolidJS|user interface|solidjs|solid-js
Preact|user interface|preact|preact
htmx|user interface|htmx|htmx.org django-htmx
Alpine.js|user interface|alpine.js alpinejs|alpinejs
jQuery|user interface|jquery|jquery
Tailwind CSS|user interface|tailwind tailwindcss|tailwindcss
Bootstrap|user interface|-|bootstrap react-bootstrap
Material UI|user interface|-|@mui/material @material-ui/core
Ant Design|user interface|-|antd
Redux|user interface|redux|redux @reduxjs/toolkit react-redux
TanStack Query|user interface|react-query|@tanstack/react-query react-query
Ionic|user interface|-|@ionic/angular @ionic/react
Electron|user interface|-|electron
Tauri|user interface|tauri|@tauri-apps/api tauri
Flutter|user interface|flutter|flutter
Livewire|user interface|livewire|livewire/livewire
Streamlit|user interface|streamlit|streamlit
Leaflet|maps|-|leaflet react-leaflet
Mapbox|maps|mapbox|mapbox-gl
SQLAlchemy|data access|sqlalchemy|sqlalchemy flask-sqlalchemy sqlmodel
Prisma|data access|prisma|@prisma/client prisma
TypeORM|data access|typeorm|typeorm
Sequelize|data access|sequelize|sequelize
Drizzle|data access|-|drizzle-orm
Hibernate|data access|hibernate|org.hibernate: hibernate-core spring-boot-starter-data-jpa
Entity Framework Core|data access|-|microsoft.entityframeworkcore
Dapper|data access|-|dapper
GORM|data access|gorm|gorm.io/gorm github.com/jinzhu/gorm
sqlc|data access|sqlc|github.com/sqlc-dev/sqlc
Diesel|data access|-|diesel
SQLx|data access|sqlx|sqlx github.com/jmoiron/sqlx
Ecto|data access|-|ecto ecto_sql
Doctrine|data access|-|doctrine/orm doctrine/dbal
Alembic|data access|alembic|alembic
Flyway|data access|flyway|flyway-core flyway/flyway org.flywaydb:
Liquibase|data access|liquibase|liquibase-core
GraphQL|interface|graphql|graphql graphene graphene-django strawberry-graphql graphql-ruby nuwave/lighthouse github.com/99designs/gqlgen hotchocolate.aspnetcore
Apollo|interface|-|@apollo/client @apollo/server apollo-server
gRPC|interface|grpc|grpcio @grpc/grpc-js grpc grpc-netty tonic grpc.aspnetcore google.golang.org/grpc
tRPC|interface|trpc|@trpc/server
Protocol Buffers|interface|protobuf|google.protobuf protobuf protobufjs google.golang.org/protobuf prost
Socket.IO|interface|socket.io|socket.io socket.io-client python-socketio
OpenFeature|feature flags|openfeature|openfeature-sdk @openfeature/server-sdk github.com/open-feature/go-sdk dev.openfeature:
flagd|feature flags|flagd|open-feature/flagd github.com/open-feature/go-sdk-contrib/providers/flagd @openfeature/flagd-provider openfeature-provider-flagd
Unleash|feature flags|-|unleash-client unleashclient unleashorg/unleash-server
LaunchDarkly|feature flags|launchdarkly|launchdarkly-node-server-sdk @launchdarkly/node-server-sdk launchdarkly-server-sdk
Envoy|gateway|envoy|envoyproxy/envoy
NGINX|gateway|nginx|nginx nginxinc/nginx-unprivileged
Traefik|gateway|traefik|traefik
Caddy|gateway|-|caddy
HAProxy|gateway|haproxy|haproxy
Kong|gateway|-|kong kong-gateway
Keycloak|identity|keycloak|keycloak keycloak-js python-keycloak keycloak-spring-boot-starter
Auth0|identity|auth0|auth0 @auth0/auth0-react auth0-python
OpenID Connect|identity|oidc|openid-client mozilla-django-oidc authlib github.com/coreos/go-oidc
Spring Security|identity|spring-security|spring-boot-starter-security
OAuth 2|identity|oauth2|django-oauth-toolkit laravel/passport golang.org/x/oauth2
Vault|secrets|-|hvac hashicorp/vault github.com/hashicorp/vault/api
OpenTelemetry|observability|opentelemetry|opentelemetry-api opentelemetry-sdk opentelemetry-distro @opentelemetry/api @opentelemetry/sdk-node opentelemetry opentelemetry.api opentelemetry.extensions.hosting opentelemetry-collector-contrib opentelemetry-collector open-telemetry/sdk open-telemetry/api go.opentelemetry.io/otel io.opentelemetry:
Prometheus|observability|prometheus|prom/prometheus prometheus-client prometheus_client prom-client django-prometheus micrometer-registry-prometheus prometheus-net github.com/prometheus/client_golang
Grafana|observability|grafana|grafana/grafana
Loki|observability|-|grafana/loki
Jaeger|observability|jaeger|jaegertracing/all-in-one jaegertracing/jaeger jaeger-client
Zipkin|observability|zipkin|openzipkin/zipkin
OpenCensus|observability|opencensus|opencensus go.opencensus.io
Sentry|observability|sentry|sentry-sdk @sentry/node @sentry/react @sentry/browser sentry/sentry-laravel sentry-ruby sentry github.com/getsentry/sentry-go
Datadog|observability|datadog|ddtrace dd-trace datadog
New Relic|observability|newrelic|newrelic newrelic_rpm
Elastic APM|observability|-|elastic-apm elastic-apm-node
Fluentd|observability|fluentd|fluentd fluent-bit fluent/fluent-bit
structlog|observability|structlog|structlog
MinIO|object storage|minio|minio minio/minio github.com/minio/minio-go
Amazon S3|object storage|-|@aws-sdk/client-s3 django-storages league/flysystem-aws-s3-v3 s3fs
AWS SDK|cloud|boto3|boto3 aws-sdk aws/aws-sdk-php github.com/aws/aws-sdk-go github.com/aws/aws-sdk-go-v2 software.amazon.awssdk:
LocalStack|cloud|localstack|localstack/localstack
Pulumi|cloud|pulumi|pulumi @pulumi/pulumi
OpenAI|machine learning|openai|openai
Anthropic|machine learning|anthropic|anthropic @anthropic-ai/sdk
LangChain|machine learning|langchain|langchain @langchain/core langchain-core
Ollama|machine learning|ollama|ollama ollama/ollama
PyTorch|machine learning|pytorch|torch
TensorFlow|machine learning|tensorflow|tensorflow @tensorflow/tfjs
scikit-learn|machine learning|scikit-learn sklearn|scikit-learn
Hugging Face|machine learning|huggingface|transformers huggingface-hub sentence-transformers
ONNX Runtime|machine learning|onnxruntime|onnxruntime onnxruntime-node microsoft.ml.onnxruntime
spaCy|machine learning|spacy|spacy
MLflow|machine learning|mlflow|mlflow
Scrapy|data collection|scrapy|scrapy
Playwright|data collection|playwright|playwright playwright-core
Selenium|data collection|selenium|selenium selenium/standalone-chrome
Puppeteer|data collection|puppeteer|puppeteer
Apache Tika|data collection|tika|tika apache/tika
Stripe|payments|-|stripe stripe/stripe-php github.com/stripe/stripe-go
Mercado Pago|payments|mercadopago|mercadopago mercadopago/dx-php
"""


@dataclass(frozen=True, slots=True)
class Technology:
    """A well-known technology: its proper name and its category (an English message id)."""

    name: str
    category: str


def of_package(package: str) -> Technology | None:
    """The technology that a package, module or image brings, or None when it is not well known."""
    packages, _ = _tables()
    key = re.sub(r"/v\d+$", "", package.strip().lower())
    if key in packages:
        return packages[key]
    for mark in ("/", ":"):
        for end in (i for i, c in enumerate(key) if c == mark):
            if key[: end + 1] in packages:
                return packages[key[: end + 1]]
    last = re.split(r"[/:]", key)[-1]
    return None if key.startswith("@") or "." in key.split("/")[0] else packages.get(last)


def named(name: str) -> Technology | None:
    """The technology of that name or package (`Postgres`, `ioredis`, `Apache Kafka`), or None."""
    _, names = _tables()
    return names.get(fold(name.strip())) or of_package(name)


def mentioned(text: str) -> tuple[str, ...]:
    """Proper names of the well-known technologies in a prose, in order, each once."""
    _, names = _tables()
    found = (names[m[0]].name for m in _pattern().finditer(fold(text)))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, Technology], dict[str, Technology]]:
    packages: dict[str, Technology] = {}
    names: dict[str, Technology] = {}
    for line in _TABLE.strip().splitlines():
        name, category, spoken, brought = line.split("|")
        technology = Technology(name, category)
        packages.update((package, technology) for package in brought.split())
        names[fold(name)] = technology
        names.update((word, technology) for word in spoken.split() if word != "-")
    return packages, names


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Matches names in folded prose: those given as such, and names of several words."""
    spoken = {w for line in _TABLE.strip().splitlines() for w in line.split("|")[2].split() if w != "-"}
    spoken |= {fold(line.split("|")[0]) for line in _TABLE.strip().splitlines() if " " in line.split("|")[0]}
    longest_first = sorted(spoken, key=lambda w: (-len(w), w))
    return re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])")
