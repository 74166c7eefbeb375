// Remove the embeddings of these products, of whatever model.
// database: products
// parameters: codes LIST<STRING>
// returns: what STRING, count INTEGER
// servers: >= 4.4
UNWIND $codes AS code
MATCH (p:Product {code: code})
WHERE p.embedding IS NOT NULL
REMOVE p.embedding, p.embedding_model, p.embedding_revision, p.image_digest, p.image_bytes, p.image_mtime_ns
RETURN 'embeddings' AS what, count(p) AS count
