-- The state of docspace-invite-bot in PostgreSQL. Each row of entries is one change of one
-- invitation; every replica of the bot rebuilds its memory from them, in the order of seq.
-- Look, and do not write:
--
--   SELECT * FROM docspace_bot.invitations;
--   SELECT at, kind, invitee FROM docspace_bot.story WHERE invitation = '…' ORDER BY seq;

CREATE TABLE entries (
  seq        bigint PRIMARY KEY,
  replica    text NOT NULL,
  invitation text NOT NULL,
  entry      text NOT NULL -- JSON; holds invite links and addresses: keep this table to yourself
);

-- The seq of the last entry. Whoever appends holds this row, so that entries become visible in
-- their order and without gaps.
CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq bigint NOT NULL
);
INSERT INTO head (seq) VALUES (0);

-- Invitations whose story is told. upto is the seq of their last entry.
CREATE TABLE finished (
  invitation text PRIMARY KEY,
  at         timestamptz NOT NULL,
  upto       bigint NOT NULL
);
CREATE INDEX finished_at ON finished (at);

-- Which replica leads, and until when unless it renews that. The database's clock counts.
CREATE TABLE lease (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  holder text NOT NULL,
  epoch  bigint NOT NULL,
  until  timestamptz NOT NULL,
  words  text NOT NULL DEFAULT '' -- what it tells the others
);
INSERT INTO lease (holder, epoch, until) VALUES ('', 0, '-infinity');

-- The entries, for people.
CREATE VIEW story AS
SELECT seq, entry::json ->> 'at' AS at, invitation, entry::json ->> 'kind' AS kind, entry::json ->> 'invitee' AS invitee, replica, entry
  FROM entries;

-- One row an invitation, for people.
CREATE VIEW invitations AS
SELECT a.invitation,
       a.at                                       AS accepted,
       a.entry::json #>> '{request,inviter}'      AS inviter,
       a.entry::json #>> '{request,channel}'      AS channel,
       a.entry::json #>> '{request,role}'         AS role,
       a.entry::json ->> 'expires'                AS expires,
       l.kind                                     AS last_entry,
       f.invitation IS NOT NULL                   AS finished
  FROM story a
  JOIN (SELECT DISTINCT ON (invitation) invitation, kind FROM story ORDER BY invitation, seq DESC) l
    ON l.invitation = a.invitation
  LEFT JOIN finished f ON f.invitation = a.invitation
 WHERE a.kind = 'accepted';

-- What was begun and whose end is not noted: after a crash, what may be done twice.
CREATE VIEW unsure AS
SELECT b.invitation, b.invitee, b.entry::json ->> 'effect' AS effect, b.at AS begun
  FROM story b
 WHERE b.kind = 'begun'
   AND NOT EXISTS (
     SELECT FROM story o
      WHERE o.invitation = b.invitation AND o.seq > b.seq
        AND (o.kind IN ('cancelled', 'finished')
          OR o.invitee IS NOT DISTINCT FROM b.invitee
         AND o.entry::json ->> 'invitees' IS NOT DISTINCT FROM b.entry::json ->> 'invitees'
         AND o.kind IN (
               CASE b.entry::json ->> 'effect'
                 WHEN 'card'         THEN 'posted'
                 WHEN 'request'      THEN 'requested'
                 WHEN 'refusal'      THEN 'told'
                 WHEN 'welcome'      THEN 'welcomed'
                 WHEN 'greeting'     THEN 'greeted'
                 WHEN 'confirmation' THEN 'confirmed'
                 WHEN 'removal'      THEN 'reported'
                 WHEN 'ending'       THEN 'ended'
                 WHEN 'who'          THEN 'asked_who'
                 WHEN 'link'         THEN 'delivered'
                 WHEN 'reminder'     THEN 'reminded'
               END,
               CASE WHEN b.entry::json ->> 'effect' IN ('card', 'request') THEN 'refused' END)));
