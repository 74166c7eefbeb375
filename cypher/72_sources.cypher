// Where each embedding of a model came from.
// database: products
// parameters: model STRING
// returns: code STRING, digest STRING, bytes INTEGER, mtime_ns INTEGER
// servers: >= 4.4
MATCH (p:Product)
WHERE p.embedding_model = $model
RETURN p.code AS code, p.image_digest AS digest, p.image_bytes AS bytes, p.image_mtime_ns AS mtime_ns
