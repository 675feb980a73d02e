-- Written often, of worth for a minute: where PostgreSQL crashes it begins empty.
CREATE UNLOGGED TABLE "rate_counts" (
    "counted" TEXT NOT NULL,
    "used" INTEGER NOT NULL,
    "resets_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rate_counts_pkey" PRIMARY KEY ("counted")
);

CREATE INDEX "rate_counts_resets_at_idx" ON "rate_counts"("resets_at");
