ALTER TABLE "models" ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "memory_bytes" BIGINT;

ALTER TABLE "bulk_jobs" ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 0;

-- Written every few seconds, of worth for a minute: where PostgreSQL crashes it begins empty.
CREATE UNLOGGED TABLE "processes" (
    "id" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "training_threads" INTEGER NOT NULL,
    "inference_threads" INTEGER NOT NULL,
    "memory_bytes" BIGINT NOT NULL,
    "memory_taken_bytes" BIGINT NOT NULL,
    "doing" JSON NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heard_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "processes_pkey" PRIMARY KEY ("id")
);
