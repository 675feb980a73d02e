-- Models of one name are versions of it, numbered in the order in which they were made. A number is never given twice.
CREATE TABLE "model_names" (
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "versions" INTEGER NOT NULL,

    CONSTRAINT "model_names_pkey" PRIMARY KEY ("owner", "name")
);

INSERT INTO "model_names" SELECT "owner", "name", count(*) FROM "models" GROUP BY "owner", "name";

ALTER TABLE "models" ADD COLUMN "version" INTEGER;

UPDATE "models" SET "version" = numbered."version"
FROM (SELECT "id", row_number() OVER (PARTITION BY "owner", "name" ORDER BY "id") AS "version" FROM "models") numbered
WHERE numbered."id" = "models"."id";

ALTER TABLE "models" ALTER COLUMN "version" SET NOT NULL;

CREATE UNIQUE INDEX "models_owner_name_version_key" ON "models"("owner", "name", "version");

CREATE TABLE "aliases" (
    "id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "model_id" UUID NOT NULL,
    "move" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "aliases_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "aliases_owner_name_key" ON "aliases"("owner", "name");
CREATE INDEX "aliases_owner_id_idx" ON "aliases"("owner", "id");
CREATE INDEX "aliases_model_id_idx" ON "aliases"("model_id");

ALTER TABLE "aliases" ADD CONSTRAINT "aliases_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "alias_moves" (
    "alias_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "model_id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "model_version" INTEGER NOT NULL,
    "previous" INTEGER,
    "actor" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alias_moves_pkey" PRIMARY KEY ("alias_id", "sequence")
);

ALTER TABLE "alias_moves" ADD CONSTRAINT "alias_moves_alias_id_fkey" FOREIGN KEY ("alias_id") REFERENCES "aliases"("id") ON DELETE CASCADE ON UPDATE CASCADE;
