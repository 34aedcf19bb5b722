-- Version 2: no index on entries. It was a second page to write for every entry, and served
-- nobody but the pruning, which finds its way by "upto": the last entry of the invitation.
-- The views do without it.

DROP INDEX entries_of_invitation;

ALTER TABLE finished ADD COLUMN upto INTEGER NOT NULL DEFAULT 0;
UPDATE finished SET upto = (SELECT max(seq) FROM entries);

-- One row an invitation, for people.
DROP VIEW invitations;
CREATE VIEW invitations AS
SELECT a.invitation,
       a.at                            AS accepted,
       a.entry ->> '$.request.inviter' AS inviter,
       a.entry ->> '$.request.channel' AS channel,
       a.entry ->> '$.request.role'    AS role,
       a.entry ->> 'expires'           AS expires,
       l.kind                          AS last_entry,
       l.confirmed,
       f.invitation IS NOT NULL        AS finished
  FROM story a
  JOIN (SELECT invitation, max(seq), kind,
               sum(iif(kind = 'confirmed', json_array_length(entry, '$.invitees'), 0)) AS confirmed
          FROM story GROUP BY invitation) l ON l.invitation = a.invitation
  LEFT JOIN finished f ON f.invitation = a.invitation
 WHERE a.kind = 'accepted';

-- What was begun and whose end is not noted: after a crash, what may be done twice.
DROP VIEW unsure;
CREATE VIEW unsure AS
SELECT b.invitation, b.invitee, b.entry ->> 'effect' AS effect, b.at AS begun
  FROM story b
  LEFT JOIN story o
    ON o.invitation = b.invitation AND o.seq > b.seq
   AND (o.kind IN ('cancelled', 'finished')
     OR o.invitee IS b.invitee AND o.entry ->> 'invitees' IS b.entry ->> 'invitees' AND o.kind IN (
          CASE b.entry ->> 'effect'
            WHEN 'card'         THEN 'posted'
            WHEN 'refusal'      THEN 'told'
            WHEN 'welcome'      THEN 'welcomed'
            WHEN 'greeting'     THEN 'greeted'
            WHEN 'confirmation' THEN 'confirmed'
            WHEN 'removal'      THEN 'reported'
            WHEN 'ending'       THEN 'ended'
          END,
          CASE b.entry ->> 'effect' WHEN 'card' THEN 'refused' END))
 WHERE b.kind = 'begun' AND o.seq IS NULL;
