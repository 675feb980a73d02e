-- Null for datasets from before correlations were kept.
ALTER TABLE "datasets" ADD COLUMN "correlations" JSON;
