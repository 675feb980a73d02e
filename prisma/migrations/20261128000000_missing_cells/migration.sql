-- What becomes of missing cells; until now models refused them.
ALTER TABLE "models" ADD COLUMN "missing" TEXT NOT NULL DEFAULT 'reject';
