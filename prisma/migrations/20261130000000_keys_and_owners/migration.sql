CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[] NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- What was there before there were owners belongs to whoever runs the service.
ALTER TABLE "datasets" ADD COLUMN "owner" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "models" ADD COLUMN "owner" TEXT NOT NULL DEFAULT 'local';

CREATE INDEX "datasets_owner_id_idx" ON "datasets"("owner", "id");
CREATE INDEX "models_owner_id_idx" ON "models"("owner", "id");
CREATE INDEX "models_owner_status_idx" ON "models"("owner", "status");
