-- Without foreign keys: events outlive what they tell of.
CREATE TABLE "audit_events" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "owner" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "key_id" UUID,
    "action" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "request_id" UUID,
    "details" JSON,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "audit_events_owner_id_idx" ON "audit_events"("owner", "id");
CREATE INDEX "audit_events_subject_id_id_idx" ON "audit_events"("subject_id", "id");
