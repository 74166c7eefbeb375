// Make a model current, unless another one is and replace is false: then the row holds that one's name. Neighbours of another model's vectors
// count for nothing. (SET revision comes first because it locks the node.)
// database: products
// parameters: model STRING, replace BOOLEAN
// returns: model STRING
// servers: >= 4.4
MERGE (s:HmrecStore {key: 'state'})
ON CREATE SET s.model = '', s.revision = 0, s.knn_revision = 0, s.knn_products = 0, s.knn_k = 0
SET s.revision = s.revision + 0
WITH s, s.model <> $model AND ($replace OR s.model = '') AS change
SET s.knn_revision = CASE WHEN change THEN 0 ELSE s.knn_revision END,
    s.model = CASE WHEN change THEN $model ELSE s.model END
RETURN s.model AS model
