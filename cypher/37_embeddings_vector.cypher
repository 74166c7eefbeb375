// Embeddings kept in 32 bits a number, of rows that hold a VECTOR (Bolt 6), which is 4 bytes a number on the wire instead of 9.
// A product that is not there is created. No row when another model has become current meanwhile.
// database: products
// parameters: model STRING, rows LIST<MAP>
// returns: count INTEGER
// servers: >= 2025.11
CYPHER 25
MATCH (s:HmrecStore {key: 'state'})
SET s.revision = s.revision + 1
WITH s WHERE s.model = $model
UNWIND $rows AS row
MERGE (p:Product {code: row.code})
SET p.embedding_model = $model, p.embedding_revision = s.revision,
    p.image_digest = row.digest, p.image_bytes = row.bytes, p.image_mtime_ns = row.mtime_ns
WITH p, row
CALL db.create.setNodeVectorProperty(p, 'embedding', row.embedding)
RETURN count(*) AS count
