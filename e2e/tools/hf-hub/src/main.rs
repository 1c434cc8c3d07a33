fn main() {
    let api = hf_hub::api::sync::ApiBuilder::from_env().build().unwrap();
    let file = api.model("org/model".to_string()).get("model.safetensors").unwrap();
    println!("{}", file.display());
}
