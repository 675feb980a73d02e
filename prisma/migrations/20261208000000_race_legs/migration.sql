-- Written often, of worth only to the attempt that runs: where PostgreSQL crashes it begins empty.
CREATE UNLOGGED TABLE "race_legs" (
    "id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kin" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "task" JSON NOT NULL,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "taking" INTEGER NOT NULL DEFAULT 0,
    "beats" INTEGER NOT NULL DEFAULT 0,
    "progress" JSON,
    "states" INTEGER NOT NULL DEFAULT 0,
    "state" BYTEA,
    "error" JSON,

    CONSTRAINT "race_legs_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "race_legs_model_id_idx" ON "race_legs"("model_id");

ALTER TABLE "race_legs" ADD CONSTRAINT "race_legs_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Parameters hardly get smaller by compression.
ALTER TABLE "race_legs" ALTER COLUMN "state" SET STORAGE EXTERNAL;
