// Pictures whose file was touched while its content stayed the same.
// database: products
// parameters: model STRING, rows LIST<MAP>
// returns: nothing
// servers: >= 4.4
UNWIND $rows AS row
MATCH (p:Product {code: row.code})
WHERE p.embedding_model = $model
SET p.image_bytes = row.bytes, p.image_mtime_ns = row.mtime_ns
