-- The state of docspace-invite-bot in PostgreSQL. Each row of entries is one change of one
-- invitation; a bot that comes to lead rebuilds its memory from them, in the order of seq.
-- Look, and do not write:
--
--   SELECT * FROM docspace_bot.invitations;
--   SELECT at, kind, invitee FROM docspace_bot.story WHERE invitation = '…' ORDER BY seq;

CREATE TABLE entries (
  seq        bigint PRIMARY KEY,
  invitation text NOT NULL,
  entry      text NOT NULL -- JSON; holds invite links and addresses: keep this table to yourself
);

-- Invitations whose story is told. upto is the seq of their last entry.
CREATE TABLE finished (
  invitation text PRIMARY KEY,
  at         timestamptz NOT NULL,
  upto       bigint NOT NULL
);
CREATE INDEX finished_at ON finished (at);

-- The bot that leads: the process of its connection, which holds the lock, and when it last wrote that
-- it lives, by the database's clock.
CREATE TABLE leader (
  pid  int NOT NULL,
  name text NOT NULL,
  at   timestamptz NOT NULL
);
INSERT INTO leader (pid, name, at) VALUES (0, '', '-infinity');

-- The entries, for people.
CREATE VIEW story AS
SELECT seq, entry::json ->> 'at' AS at, invitation, entry::json ->> 'kind' AS kind, entry::json ->> 'invitee' AS invitee, entry
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
