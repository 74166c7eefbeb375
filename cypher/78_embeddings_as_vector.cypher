// Every embedding of a model with where it came from, ordered by code; the embedding as a VECTOR (Bolt 6), which is 4 bytes a number
// on the wire instead of 9.
// database: products
// parameters: model STRING
// returns: code STRING, digest STRING, bytes INTEGER, mtime_ns INTEGER, revision INTEGER, embedding VECTOR
// servers: >= 2025.11
CYPHER 25
MATCH (p:Product)
WHERE p.embedding_model = $model
WITH p, p.code AS code ORDER BY code
RETURN code, p.image_digest AS digest, p.image_bytes AS bytes, p.image_mtime_ns AS mtime_ns,
       p.embedding_revision AS revision, vector(p.embedding, 2048, FLOAT32) AS embedding
