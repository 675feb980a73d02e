CREATE TYPE "bulk_job_status" AS ENUM ('queued', 'running', 'ready', 'failed', 'cancelled');

CREATE TABLE "bulk_jobs" (
    "id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "options" JSON NOT NULL,
    "model_id" UUID,
    "dataset_id" UUID,
    "output_id" UUID,
    "status" "bulk_job_status" NOT NULL DEFAULT 'queued',
    "part_count" INTEGER NOT NULL,
    "parts_done" INTEGER NOT NULL DEFAULT 0,
    "row_count" BIGINT NOT NULL,
    "rows_done" BIGINT NOT NULL DEFAULT 0,
    "error" JSON,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "bulk_jobs_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "bulk_jobs_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT "bulk_jobs_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT "bulk_jobs_output_id_fkey" FOREIGN KEY ("output_id") REFERENCES "datasets"("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE INDEX "bulk_jobs_owner_id_idx" ON "bulk_jobs"("owner", "id");
CREATE INDEX "bulk_jobs_owner_status_idx" ON "bulk_jobs"("owner", "status");
CREATE INDEX "bulk_jobs_model_id_idx" ON "bulk_jobs"("model_id");
CREATE INDEX "bulk_jobs_dataset_id_idx" ON "bulk_jobs"("dataset_id");
CREATE INDEX "bulk_jobs_output_id_idx" ON "bulk_jobs"("output_id");

CREATE TABLE "bulk_parts" (
    "job_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "first_row" BIGINT NOT NULL,
    "row_count" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "bytes" BYTEA,
    "error" JSON,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "bulk_parts_pkey" PRIMARY KEY ("job_id", "number"),
    CONSTRAINT "bulk_parts_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "bulk_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- What is in it is Parquet of numbers, which compressing again makes hardly smaller.
ALTER TABLE "bulk_parts" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
