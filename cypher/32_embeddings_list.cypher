// Embeddings as lists of FLOAT, 64 bits a number, with where they came from.
// A product that is not there is created. No row when another model has become current meanwhile.
// database: products
// parameters: model STRING, rows LIST<MAP>
// returns: count INTEGER
// servers: >= 4.4
MATCH (s:HmrecStore {key: 'state'})
SET s.revision = s.revision + 1
WITH s WHERE s.model = $model
UNWIND $rows AS row
MERGE (p:Product {code: row.code})
SET p.embedding = row.embedding, p.embedding_model = $model, p.embedding_revision = s.revision,
    p.image_digest = row.digest, p.image_bytes = row.bytes, p.image_mtime_ns = row.mtime_ns
RETURN count(*) AS count
