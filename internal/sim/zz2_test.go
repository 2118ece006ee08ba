package sim
import ("testing")
func BenchmarkRead(b *testing.B){
	w := NewWeb()
	x, y := probeText(w.pages["northwind.example"]["/"]), probeText(w.pages["northwind.example"]["/about"])
	for b.Loop() { readSources([]readPage{pp("s1","https://northwind.example/",x),pp("s2","https://northwind.example/about",y)}) }
}
