CREATE TABLE "sweeps" (
    "id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "dataset_id" UUID,
    "flows" TEXT[] NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sweeps_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "sweeps_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE INDEX "sweeps_owner_id_idx" ON "sweeps"("owner", "id");
CREATE INDEX "sweeps_dataset_id_idx" ON "sweeps"("dataset_id");

ALTER TABLE "models" ADD COLUMN "sweep_id" UUID;
ALTER TABLE "models" ADD CONSTRAINT "models_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE INDEX "models_sweep_id_idx" ON "models"("sweep_id");

CREATE TABLE "sweep_trials" (
    "sweep_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "flow" INTEGER NOT NULL,
    "seed" BIGINT NOT NULL,
    "model_id" UUID,
    "status" "model_status",
    "parameter_count" INTEGER,
    "figures" JSON,

    CONSTRAINT "sweep_trials_pkey" PRIMARY KEY ("sweep_id", "number"),
    CONSTRAINT "sweep_trials_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "sweep_trials_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE UNIQUE INDEX "sweep_trials_model_id_key" ON "sweep_trials"("model_id");
