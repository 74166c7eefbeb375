// How far the content that was loaded last of a kind has been read; no row for a kind never loaded.
// database: graph
// parameters: kind STRING
// returns: source STRING, load INTEGER, bytes INTEGER, lines INTEGER, rows INTEGER, bad INTEGER, merged INTEGER, done BOOLEAN
// servers: >= 4.4
MATCH (m:HmrecLoad {kind: $kind})
RETURN m.source AS source, m.load AS load, m.bytes AS bytes, m.lines AS lines, m.rows AS rows, m.bad AS bad, m.merged AS merged, m.done AS done
