// Every embedding of a model with where it came from, ordered by code. (Only codes are sorted: the vectors are read afterwards.)
// database: products
// parameters: model STRING
// returns: code STRING, digest STRING, bytes INTEGER, mtime_ns INTEGER, revision INTEGER, embedding LIST<FLOAT>
// servers: >= 4.4
MATCH (p:Product)
WHERE p.embedding_model = $model
WITH p, p.code AS code ORDER BY code
RETURN code, p.image_digest AS digest, p.image_bytes AS bytes, p.image_mtime_ns AS mtime_ns,
       p.embedding_revision AS revision, p.embedding AS embedding
