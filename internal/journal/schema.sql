-- The state file of docspace-invite-bot. Each row of entries is one change of one
-- invitation, oldest first; the bot rebuilds its memory from them. Look, and do not write:
--
--   sqlite3 docspace-bot.db 'SELECT * FROM invitations'
--   sqlite3 docspace-bot.db "SELECT at, kind, invitee FROM story WHERE invitation = '…'"

CREATE TABLE entries (
  seq        INTEGER PRIMARY KEY,
  invitation TEXT NOT NULL,
  entry      TEXT NOT NULL, -- JSON; holds invite links and addresses: keep this file to yourself
  sum        INTEGER        -- CRC-32 of invitation and entry
) STRICT;

-- Invitations whose story is told, with the time of their last entry in microseconds since 1970,
-- and its seq.
CREATE TABLE finished (
  invitation TEXT PRIMARY KEY,
  at         INTEGER NOT NULL,
  upto       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX finished_at ON finished (at);

-- The entries, for people.
CREATE VIEW story AS
SELECT seq, entry ->> 'at' AS at, invitation, entry ->> 'kind' AS kind, entry ->> 'invitee' AS invitee, entry
  FROM entries;

-- One row an invitation, for people.
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
