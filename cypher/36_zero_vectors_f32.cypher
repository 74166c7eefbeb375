// The zero vector in 32 bits a number, for up to that many products without photo: GDS wants all vectors of one kind. Run until the count is 0.
// database: products
// parameters: model STRING, zero LIST<FLOAT>, limit INTEGER
// returns: count INTEGER
// servers: >= 5.13
MATCH (s:HmrecStore {key: 'state'})
SET s.revision = s.revision + 1
WITH s WHERE s.model = $model
MATCH (p:Product)
WHERE p.embedding IS NULL OR p.embedding_model IS NULL OR p.embedding_model <> $model
WITH s, p LIMIT $limit
SET p.embedding_model = $model, p.embedding_revision = s.revision, p.image_digest = '', p.image_bytes = 0, p.image_mtime_ns = 0
WITH p
CALL db.create.setNodeVectorProperty(p, 'embedding', $zero)
RETURN count(*) AS count
