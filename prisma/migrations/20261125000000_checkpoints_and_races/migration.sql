-- Where flows race, how many parameters the model will have is not known until one has won.
ALTER TABLE "models" ADD COLUMN "race" JSON;
ALTER TABLE "models" ALTER COLUMN "parameter_count" DROP NOT NULL;

CREATE TABLE "model_checkpoints" (
    "model_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_checkpoints_pkey" PRIMARY KEY ("model_id")
);

ALTER TABLE "model_checkpoints" ADD CONSTRAINT "model_checkpoints_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Numbers in binary: trying to compress them only costs time.
ALTER TABLE "model_checkpoints" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
