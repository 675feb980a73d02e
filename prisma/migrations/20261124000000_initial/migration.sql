CREATE TYPE "model_status" AS ENUM ('queued', 'training', 'ready', 'failed', 'cancelled');
CREATE TYPE "model_event_type" AS ENUM ('status', 'progress');

CREATE TABLE "datasets" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "row_count" BIGINT NOT NULL,
    "byte_count" BIGINT NOT NULL,
    "columns" JSON NOT NULL,
    "warnings" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "datasets_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "dataset_parts" (
    "dataset_id" UUID NOT NULL,
    "first_row" BIGINT NOT NULL,
    "row_count" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "dataset_parts_pkey" PRIMARY KEY ("dataset_id", "first_row")
);

CREATE TABLE "models" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "dataset_id" UUID,
    "status" "model_status" NOT NULL DEFAULT 'queued',
    "progress" JSON,
    "columns" JSON NOT NULL,
    "context" JSON NOT NULL,
    "flow" JSON NOT NULL,
    "training" JSON NOT NULL,
    "seed" BIGINT NOT NULL,
    "parameter_count" INTEGER NOT NULL,
    "metrics" JSON,
    "warnings" JSON NOT NULL,
    "error" JSON,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "last_event" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "models_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "model_artefacts" (
    "model_id" UUID NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "model_artefacts_pkey" PRIMARY KEY ("model_id")
);

CREATE TABLE "model_events" (
    "model_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "type" "model_event_type" NOT NULL,
    "data" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_events_pkey" PRIMARY KEY ("model_id", "sequence")
);

CREATE INDEX "models_dataset_id_idx" ON "models"("dataset_id");

ALTER TABLE "dataset_parts" ADD CONSTRAINT "dataset_parts_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "models" ADD CONSTRAINT "models_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "model_artefacts" ADD CONSTRAINT "model_artefacts_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "model_events" ADD CONSTRAINT "model_events_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- These bytes are compressed already; trying to compress them again only costs time.
ALTER TABLE "dataset_parts" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
ALTER TABLE "model_artefacts" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
