// How far a file has been loaded; no row for a file never seen.
// database: products
// parameters: source STRING
// returns: bytes INTEGER, lines INTEGER
// servers: >= 4.4
MATCH (m:HmrecMark {source: $source})
RETURN m.bytes AS bytes, m.lines AS lines
