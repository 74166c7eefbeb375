// Write how far a file has been loaded, first in the transaction with the rows that lie before it. The count is 1 when the mark was the one before this, or is this one
// already: then the transaction is done again, because its COMMIT was not answered, and what may count only once looks at m.fresh. Otherwise another
// process loads the same kind. (SET bytes comes first because it locks the node.)
// database: graph
// parameters: kind STRING, source STRING, load INTEGER, from INTEGER, bytes INTEGER, lines INTEGER, rows INTEGER, bad INTEGER, done BOOLEAN
// returns: count INTEGER
// servers: >= 4.4
MERGE (m:HmrecLoad {kind: $kind})
ON CREATE SET m.source = '', m.load = 0, m.bytes = 0, m.lines = 0, m.rows = 0, m.bad = 0, m.merged = 0, m.done = false
SET m.bytes = m.bytes + 0
WITH m, m.load = $load AND m.source = $source AND m.bytes = $bytes AS repeated,
     (m.load = $load AND m.bytes = $from) OR (m.load < $load AND $from = 0) AS fits
SET m.fresh = fits
WITH m, repeated, fits
FOREACH (next IN CASE WHEN fits THEN [m] ELSE [] END |
  SET next.merged = CASE WHEN next.load = $load THEN next.merged ELSE 0 END
  SET next.source = $source, next.load = $load, next.bytes = $bytes, next.lines = $lines, next.rows = $rows, next.bad = $bad, next.done = $done)
RETURN CASE WHEN fits OR repeated THEN 1 ELSE 0 END AS count
