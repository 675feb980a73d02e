CREATE TABLE "alias_shadows" (
    "alias_id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "share" DOUBLE PRECISION NOT NULL,
    "production_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "comparison" JSON NOT NULL,

    CONSTRAINT "alias_shadows_pkey" PRIMARY KEY ("alias_id")
);

CREATE INDEX "alias_shadows_model_id_idx" ON "alias_shadows"("model_id");

ALTER TABLE "alias_shadows" ADD CONSTRAINT "alias_shadows_alias_id_fkey" FOREIGN KEY ("alias_id") REFERENCES "aliases"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "alias_shadows" ADD CONSTRAINT "alias_shadows_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
