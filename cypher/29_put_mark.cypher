// Write how far a file has been loaded, in one transaction with the rows that lie before it.
// database: products
// parameters: source STRING, bytes INTEGER, lines INTEGER
// returns: nothing
// servers: >= 4.4
MERGE (m:HmrecMark {source: $source})
SET m.bytes = $bytes, m.lines = $lines
